import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import pg from 'pg';

@Controller()
class HealthController {
  @Get()
  health(): object {
    return { healthy: true };
  }
}

/** The same without this library: what Nest, TypeORM or a tool cannot do by themselves. */
@Module({
  imports: [TypeOrmModule.forRoot({ type: 'postgres', url: process.env.DATABASE_URL, driver: pg, retryAttempts: 1 })],
  controllers: [HealthController],
})
class ControlModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(ControlModule);
  await app.listen(process.env.PORT ?? 3000);
}

void bootstrap();
